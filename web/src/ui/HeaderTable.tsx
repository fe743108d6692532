import { common } from "@/texts/common";
import styles from "./ui.module.css";

interface Props {
  readonly label: string;
  // Names and values in order; null is a value that is not shown.
  readonly headers: readonly (readonly (string | null)[])[];
}

// HeaderTable lists the headers of a request or an answer as they were.
export function HeaderTable({ label, headers }: Props) {
  return (
    <table className={styles.headerTable}>
      <caption className="hidden-visually">{label}</caption>
      <tbody>
        {headers.map(([name, value], i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name may occur twice, and the order is fixed
          <tr key={i}>
            <th scope="row" className="mono">
              {name}
            </th>
            <td className="mono wrap">{value ?? <span className="t3">{common.hidden}</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
