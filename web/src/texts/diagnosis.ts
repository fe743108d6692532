import { plural } from "@/lib/format";

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

export const ordinal = (n: number): string => ordinals[n - 1] ?? `${n}th`;

// What happened to a request, and what to check.
export const diagnosis = {
  late: (retry: number) => `Delivered on the ${ordinal(retry)} retry.`,
  lateByPerson: "Delivered when it was resent.",
  lateWhy: (attempts: string, what: string, from: string, to: string) =>
    `${attempts} got ${what} from your server, so we tried again. Look at what it was doing between ${from} and ${to}.`,
  lateOther: (attempts: string, what: string, from: string, to: string) =>
    `${attempts} failed with ${what}, so we tried again. Look at what your server was doing between ${from} and ${to}.`,
  attempt: (n: number) => `Attempt ${n}`,
  attemptsTo: (first: number, last: number) =>
    last === first + 1 ? `Attempts ${first} and ${last}` : `Attempts ${first} to ${last}`,
  again: "It was delivered before; sending it again failed.",
  waiting: "Waiting for its first attempt.",
  held: "Held.",
  heldWhy: "The webhook is disabled. It is sent when the webhook is reactivated.",
  cancelled: "Cancelled.",
  cancelReasons: {
    webhook_deleted: "The webhook was deleted before this was delivered.",
    held_too_long: "The webhook was disabled for longer than requests are held.",
    by_person: "Somebody stopped the retries.",
  } as Record<string, string>,

  dns: (host: string) => `No address found for ${host}.`,
  dnsCheck: "Check the spelling or the DNS record.",
  dnsSlow: (host: string) => `Looking up ${host} took too long.`,
  dnsSlowCheck: "Check the DNS servers of the name.",
  blocked: (host: string, address: string) => `${host} points to ${address}, which is not public, so nothing was sent.`,
  blockedUrl: (host: string) => `This server may not send to ${host}, so nothing was sent.`,
  blockedCheck: "Use a public address, or ask an admin to allow the range.",
  refused: (address: string) => `${address} refused the connection.`,
  refusedCheck: "The server is down or a firewall blocks us.",
  unreachable: (address: string) => `There is no way from here to ${address}.`,
  unreachableCheck: "Check the address of the endpoint, and the routes and the firewall of this server.",
  proxy: (address: string) => `The egress proxy did not open the connection to ${address}.`,
  proxyCheck: "Ask whoever runs this server: all requests go through that proxy.",
  unconnected: (address: string) => `No connection to ${address} could be opened.`,
  unconnectedCheck: "Check that the server runs and that nothing between us blocks it.",
  reset: (host: string) => `${host} closed the connection before it answered.`,
  resetTls: (host: string) => `${host} closed the connection during the TLS handshake.`,
  resetCheck: (time: string) => `Look in the log of your server, or of what is in front of it, at ${time}.`,
  tlsCheck: "Renew or correct the certificate, with all of its chain.",
  timeoutConnect: (address: string, took: string) => `No connection to ${address} within ${took}.`,
  timeoutConnectCheck: "The server is down or a firewall drops our packets.",
  timeoutTls: (took: string) => `The TLS handshake did not finish within ${took}.`,
  timeoutWrite: (took: string) => `Your server did not take the request within ${took}.`,
  timeoutAnswer: (connected: string, took: string) => `Connected in ${connected}, then no answer for ${took}.`,
  timeoutReused: (took: string) => `The request was sent, then no answer for ${took}.`,
  timeoutCheck: "Answer 2xx first and do the work afterwards.",
  badResponse: "Bad response.",
  badResponseCheck: "Check that the URL leads to an HTTP server.",
  largeHeaders: "Headers too large.",
  largeHeadersCheck: "Send fewer or shorter headers in the answer.",
  interrupted: "Interrupted.",
  internal: "Internal error.",
  redirect: (status: number, to: string) => `Answered ${status} to ${to}; redirects are not followed.`,
  redirectNowhere: (status: number) => `Answered ${status}; redirects are not followed.`,
  redirectCheck: "Send to the new address.",
  body: "Your server did not accept the body.",
  bodyCheck: (status: number) => `It answered ${status}.`,
  unauthorized: "Your server refused us.",
  unauthorizedCheck: (status: number) => `It answered ${status}. Check the custom headers and the signature.`,
  wrongPath: "Path or method is wrong:",
  wrongPathCheck: (path: string) => `we send POST to ${path}.`,
  tooLarge: (size: string) => `Body is ${size}.`,
  tooLargeCheck: "Your server refused it as too large: allow it more, or send less with the event.",
  slowDown: (after: string | undefined) =>
    after ? `Asked us to slow down, Retry-After ${after}.` : "Asked us to slow down.",
  seconds: (n: string) => `${n} s`,
  client: (status: number) => `Your server answered ${status}.`,
  server: "Your server failed.",
  serverCheck: (status: number, time: string) => `It answered ${status}. Look in its log at ${time}.`,

  next: (n: number, time: string) => `Tried ${plural(n, "time", "times")}; the next attempt is at ${time}.`,
  noMore: (n: number) => `Tried ${plural(n, "time", "times")}, and not again.`,
  notRetried: "This is not retried.",
};
