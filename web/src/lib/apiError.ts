// A refusal of the server, or no answer at all (status 0).
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly issues: readonly Issue[];
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  // The whole answer: 412 carries the current object.
  readonly body: unknown;

  constructor(status: number, body: unknown, retryAfter?: number) {
    const answer = isObject(body) ? body : {};
    const data = isObject(answer.data) ? answer.data : {};
    super(typeof answer.message === "string" ? answer.message : defaultMessage(status));
    this.name = "ApiError";
    this.status = status;
    this.code = typeof answer.code === "string" ? answer.code : status === 0 ? "network" : "unknown";
    this.issues = Array.isArray(data.issues) ? data.issues.filter(isObject).map(issueOf) : [];
    this.requestId = typeof data.requestId === "string" ? data.requestId : undefined;
    this.retryAfter = retryAfter;
    this.body = body;
  }

  // The data member, for answers that say more than what is wrong.
  get data(): unknown {
    return isObject(this.body) ? this.body.data : undefined;
  }
}

export interface Issue {
  // The members and indexes on the way to the mistake, joined by dots: headers.0.name
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function issueOf(value: Record<string, unknown>): Issue {
  const path = Array.isArray(value.path) ? value.path.map(String).join(".") : String(value.path ?? "");
  return { path, code: String(value.code ?? ""), message: String(value.message ?? "") };
}

function defaultMessage(status: number): string {
  return status === 0 ? "The server did not answer." : `The server answered ${status}.`;
}

export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(0, { message: error instanceof Error ? error.message : String(error) });

// Wrong credentials are no want of a session.
export const isSignedOut = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 401 && error.code.startsWith("auth.");

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
