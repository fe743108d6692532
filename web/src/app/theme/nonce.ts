import { setNonce } from "get-nonce";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

// The page allows styles with its nonce only: Mantine asks for it here, and the part
// that keeps the page from scrolling under a dialog asks get-nonce.
if (nonce) setNonce(nonce);

export const styleNonce = (): string => nonce;
