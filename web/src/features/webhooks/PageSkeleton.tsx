import { Skeleton } from "@mantine/core";
import { webhooks as texts } from "@/texts/webhooks";
import { PageHead } from "@/ui/PageHead";
import { useDelayed } from "@/ui/useDelayed";
import styles from "./webhooks.module.css";

// PageSkeleton is the layout of the page before it has come.
export function PageSkeleton() {
  const late = useDelayed(true);
  if (!late) return null;
  return (
    <div aria-busy="true">
      <PageHead
        title={texts.title}
        heading={<Skeleton width={180} height={20} />}
        sub={<Skeleton width={320} height={12} />}
      />
      <div className={styles.columns}>
        <Skeleton height={320} />
        <Skeleton height={180} />
      </div>
    </div>
  );
}
