import { Popover } from "@mantine/core";
import { type MouseEvent, type PointerEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { WebhookRow } from "@/api/webhooks";
import { built } from "@/lib/built";
import { clockTime, dayOf } from "@/lib/time";
import { chart } from "@/texts/common";
import { webhooks as texts } from "@/texts/webhooks";
import { Bars, type Bucket, hoursText } from "@/ui/Bars";
import { useZone } from "@/ui/preferences";
import { hourPath } from "./hours";
import styles from "./webhooks.module.css";

const width = 96;
const isEmpty = (hour: Bucket): boolean => hour.succeeded + hour.failed === 0;

// HoursCell are the 24 hours of a webhook. A click on a bar opens the requests of its
// hour; fingers and keyboards choose the hour from a list.
export function HoursCell({ webhook }: { webhook: WebhookRow }) {
  const { id, name, hours } = webhook;
  const [opened, setOpened] = useState(false);
  const [at, setAt] = useState<number>();
  const navigate = useNavigate();
  const zone = useZone();
  if (!built.requests || hours.every(isEmpty)) return <Bars name={name} buckets={hours} width={width} />;

  const under = (event: MouseEvent<HTMLButtonElement>): number => {
    const box = event.currentTarget.querySelector("svg")?.getBoundingClientRect() ?? new DOMRect();
    return Math.min(hours.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / width) * hours.length)));
  };
  function click(event: MouseEvent<HTMLButtonElement>) {
    const { nativeEvent } = event;
    const precise = nativeEvent instanceof globalThis.PointerEvent && /mouse|pen/.test(nativeEvent.pointerType);
    const hour = hours[under(event)];
    if (precise && hour && !isEmpty(hour)) void navigate(hourPath(id, hours, hour));
    else setOpened(!opened);
  }
  const hour = at === undefined ? undefined : hours[at];
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-end">
      <Popover.Target>
        <button
          type="button"
          className={styles.hours}
          aria-label={texts.chooseHour(hoursText(name, hours))}
          title={hour && chart.bar(clockTime(hour.start, zone).slice(0, 5), hour.succeeded, hour.failed)}
          onClick={click}
          onPointerMove={(event: PointerEvent<HTMLButtonElement>) => setAt(under(event))}
          onPointerLeave={() => setAt(undefined)}
        >
          <Bars name={name} buckets={hours} width={width} at={at} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Hours webhook={webhook} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Hours({ webhook: { id, hours } }: { webhook: WebhookRow }) {
  const zone = useZone();
  return (
    <ul className={styles.hourList}>
      {hours
        .filter((hour) => !isEmpty(hour))
        .reverse()
        .map((hour) => (
          <li key={hour.start}>
            <Link to={hourPath(id, hours, hour)}>
              {dayOf(hour.start, zone)}, {clockTime(hour.start, zone).slice(0, 5)}
            </Link>{" "}
            <span className="sub">{chart.sum(hour.succeeded + hour.failed, hour.failed)}</span>
          </li>
        ))}
    </ul>
  );
}
