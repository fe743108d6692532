import { common } from "@/texts/common";
import { announce } from "./announce";

// copyText puts a text on the clipboard. Without a secure context there is none: then
// the element that shows the text is selected, for the keyboard to copy.
export async function copyText(text: string, what: string, shown?: HTMLElement | null): Promise<boolean> {
  try {
    if (!navigator.clipboard) throw new Error("no clipboard");
    await navigator.clipboard.writeText(text);
    announce(common.copied(what));
    return true;
  } catch {
    if (shown) select(shown);
    announce(common.selected(what));
    return false;
  }
}

function select(element: HTMLElement): void {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    element.focus();
    element.select();
    return;
  }
  getSelection()?.selectAllChildren(element);
}
