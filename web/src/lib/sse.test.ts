import { expect, it } from "vitest";
import { createParser } from "./sse";

const text =
  ': hello\n\nid: 1\nevent: delivery.created\ndata: {"a":\ndata: 1}\n\nid: 2\r\ndata:x\r\n\r\n: beat\n\ndata: same id\n\n';

const want = [
  { id: "1", event: "delivery.created", data: '{"a":\n1}' },
  { id: "2", event: "message", data: "x" },
  { id: "2", event: "message", data: "same id" },
];

it("reads messages that arrive whole", () => {
  expect(createParser()(text)).toEqual(want);
});

it("reads messages cut anywhere", () => {
  for (let cut = 1; cut < text.length; cut++) {
    const feed = createParser();
    expect([...feed(text.slice(0, cut)), ...feed(text.slice(cut))]).toEqual(want);
  }
});

it("reads messages that arrive letter by letter", () => {
  const feed = createParser();
  expect([...text].flatMap((c) => feed(c))).toEqual(want);
});
