import type { Message } from "@/api/receiver";
import { duration } from "@/lib/format";
import { receiver as texts } from "@/texts/receiver";

// answerText is how the inbox answered: the status, and how long it was told to wait.
export function answerText(answer: Message["answer"]): string {
  const said = answer.dropped ? texts.dropped : String(answer.status);
  return answer.delayMs > 0 ? `${said}, ${duration(answer.delayMs)}` : said;
}
