import { ActionIcon } from "@mantine/core";
import { Maximize2, X } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { requests as texts } from "@/texts/requests";
import styles from "./request.module.css";

interface Props {
  readonly id: string;
  readonly heading: ReactNode;
  readonly badges: ReactNode;
  readonly sub: ReactNode;
  readonly actions: ReactNode;
}

// PanelHead is the head of a request beside the list. It takes the focus when one is
// opened, and gives it back to the row when it is closed.
export function PanelHead({ id, heading, badges, sub, actions }: Props) {
  const { pathname, search } = useLocation();
  const ref = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const close = useClose(id);
  return (
    <>
      <div className={styles.panelHead}>
        <h2 ref={ref} tabIndex={-1}>
          {heading}
        </h2>
        {badges}
        <span data-end>
          <ActionIcon component={Link} to={pathname + search} state={null} replace aria-label={texts.fullPage}>
            <Maximize2 className="icon" />
          </ActionIcon>
          <ActionIcon onClick={close} aria-label={texts.closePanel}>
            <X className="icon" />
          </ActionIcon>
        </span>
      </div>
      <div className="t2">{sub}</div>
      <div className={styles.panelHead}>{actions}</div>
    </>
  );
}

// useClose leaves the list alone on the page; Escape does as well, unless it is for a
// field, a menu or a dialog.
function useClose(id: string): () => void {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const params = new URLSearchParams(search);
  params.delete("attempt");
  const list = `${pathname.replace(/\/[^/]*$/, "")}?${params}`.replace(/\?$/, "");
  const close = async () => {
    await navigate(list, { preventScrollReset: true });
    const row = [...document.querySelectorAll("tr[data-key]")].find((tr) => tr.getAttribute("data-key") === id);
    row?.querySelector<HTMLElement>("a[data-row-link]")?.focus({ preventScroll: true });
  };
  const newest = useRef(close);
  newest.current = close;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || !(event.target instanceof Element)) return;
      if (document.querySelector("[role=dialog]")) return;
      if (event.target.closest("input, textarea, select, [role=menu], [aria-expanded=true]")) return;
      void newest.current();
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, []);
  return () => void close();
}
