import { urlOf } from "@/api/client";
import type { Answer, Operation, Parameter } from "@/api/document";
import { apiPage as texts } from "@/texts/apiPage";
import { Card } from "@/ui/Card";
import { CodeBlock } from "@/ui/CodeBlock";
import { type Column, DataTable } from "@/ui/DataTable";
import styles from "./api.module.css";
import { operationCurl } from "./operations";

// OperationPanel is all that the document says of one operation.
export function OperationPanel({ operation }: { operation: Operation }) {
  return (
    <div className={styles.stack}>
      <section aria-label={operation.id}>
        <h2>{operation.summary || operation.id}</h2>
        <p className="mono">
          <b>{operation.method}</b> {operation.path}
        </p>
        {operation.description.split("\n\n").map((paragraph) => (
          <p key={paragraph}>
            <Prose text={paragraph} />
          </p>
        ))}
      </section>
      <Card title={texts.curl}>
        <CodeBlock text={operationCurl(operation, urlOf)} label={texts.curlLabel} wrap />
      </Card>
      {operation.parameters.length > 0 && (
        <Card title={texts.parameters} flush>
          <DataTable
            caption={texts.parametersCaption(operation.id)}
            columns={parameterColumns}
            rows={operation.parameters}
            rowKey={(parameter) => `${parameter.place} ${parameter.name}`}
          />
        </Card>
      )}
      {operation.body && (
        <Card title={texts.requestBody} sub={<code className="mono">{operation.body.media}</code>}>
          {operation.body.example && (
            <CodeBlock text={operation.body.example} label={texts.bodyLabel(operation.id)} wrap />
          )}
          {operation.body.schema && (
            <details>
              <summary>{texts.schema}</summary>
              <CodeBlock text={operation.body.schema} label={texts.schemaLabel(operation.id)} wrap />
            </details>
          )}
        </Card>
      )}
      <Card title={texts.answers}>
        {operation.answers.map((answer) => (
          <AnswerPart key={answer.status} answer={answer} />
        ))}
      </Card>
    </div>
  );
}

const parameterColumns: readonly Column<Parameter>[] = [
  {
    key: "name",
    head: texts.name,
    cell: (parameter) => (
      <>
        <code className="mono">{parameter.name}</code>
        {parameter.required && <span className="t3"> {texts.required}</span>}
      </>
    ),
  },
  { key: "place", head: texts.place, cell: (parameter) => parameter.place },
  { key: "description", head: texts.description, cell: (parameter) => <Prose text={parameter.description} /> },
];

function AnswerPart({ answer }: { answer: Answer }) {
  const line = (
    <>
      <b className="mono">{answer.status}</b> <Prose text={answer.description} />
    </>
  );
  if (!answer.body?.example && !answer.body?.schema) return <p>{line}</p>;
  return (
    <details>
      <summary>{line}</summary>
      {answer.body.example && <CodeBlock text={answer.body.example} label={texts.answerLabel(answer.status)} wrap />}
      {answer.body.schema && <CodeBlock text={answer.body.schema} label={texts.schemaLabel(answer.status)} wrap />}
    </details>
  );
}

// Prose is a text of the document: what stands between backticks is code.
const Prose = ({ text }: { text: string }) =>
  text.split("`").map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
      <code key={i} className="mono">
        {part}
      </code>
    ) : (
      part
    ),
  );
