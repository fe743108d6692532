import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { checkPayload } from "@/api/events";
import { emit as texts } from "@/texts/events";
import { Note } from "@/ui/Note";

interface Props {
  readonly name: string;
  readonly text: string;
  readonly hasSchema: boolean;
}

// SchemaCheck says whether the payload fits the schema of its event type, as the
// server sees it, once typing rests.
export function SchemaCheck({ name, text, hasSchema }: Props) {
  const [checked, setChecked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setChecked(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  const check = useQuery({
    queryKey: ["payloadCheck", name, checked],
    queryFn: ({ signal }) => checkPayload(name, checked, signal),
    enabled: hasSchema,
    gcTime: 0,
  });
  if (!hasSchema) return <p className="sub">{texts.noSchema}</p>;
  if (!check.data) return null;
  if (check.data.ok) {
    return (
      <Note tone="ok" role="status">
        <p>{texts.valid}</p>
      </Note>
    );
  }
  return (
    <Note tone="bad" role="status">
      <p>{texts.invalid(check.data.problems.length)}</p>
      <ul aria-label={texts.problems}>
        {check.data.problems.map((problem) => (
          <li key={`${problem.path} ${problem.message}`}>
            <code className="mono">{problem.path || "/"}</code> {problem.message}
          </li>
        ))}
      </ul>
    </Note>
  );
}
