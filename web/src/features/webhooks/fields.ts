import { ApiError, type Issue } from "@/lib/apiError";
import { form as texts } from "@/texts/webhooks";
import { urlProblem } from "./UrlField";

// The fields that the dialog and the page have in common.
export interface WebhookFields {
  readonly eventTypes: readonly string[];
  readonly name: string;
  readonly url: string;
}

export type Problems = Partial<Record<keyof WebhookFields, string>>;

const maxName = 256;

export function checkFields(fields: WebhookFields, dev: boolean): Problems {
  const name = [...fields.name.trim()].length;
  const url = urlProblem(fields.url, dev);
  return {
    ...(fields.eventTypes.length === 0 ? { eventTypes: texts.eventsMissing } : {}),
    ...(name === 0 ? { name: texts.nameMissing } : name > maxName ? { name: texts.nameLong } : {}),
    ...(url ? { url } : {}),
  };
}

const ownIssues = (error: unknown): readonly Issue[] => (error instanceof ApiError ? error.issues : []);

const fieldNamed = (path: string): keyof WebhookFields | undefined => {
  const [first] = path.split(".");
  return first === "eventTypes" || first === "name" || first === "url" ? first : undefined;
};

// fieldOf is what the server refused, by field.
export function fieldOf(error: unknown): Problems {
  const problems: Problems = {};
  for (const issue of ownIssues(error)) {
    const field = fieldNamed(issue.path);
    if (field) problems[field] ??= issue.message;
  }
  return problems;
}

// headerIssues is what the server refused of custom headers, by their place.
export function headerIssues(error: unknown): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const issue of ownIssues(error)) {
    const place = /^headers\.(\d+)/.exec(issue.path);
    if (place) found.set(Number(place[1]), issue.message);
  }
  return found;
}

// leftOver is the part of a refusal that belongs to no field.
export function leftOver(error: unknown): unknown {
  const issues = ownIssues(error);
  if (issues.length === 0) return error;
  const rest = issues.filter((issue) => !fieldNamed(issue.path) && !/^headers\.\d+/.test(issue.path));
  return rest.length > 0 ? new ApiError(400, { message: rest.map((issue) => issue.message).join(" ") }) : undefined;
}
