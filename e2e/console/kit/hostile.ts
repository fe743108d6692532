/** What a hostile text tries to run: it opens a dialog, which the recorder sees. */
const run = "alert(document.domain)";

/** What would run, if a page built HTML from texts. */
const cores = [
  `<script>${run}</script>`,
  `<img src=x onerror=${run}>`,
  `<img src=x onerror="${run}">`,
  `<svg onload=${run}>`,
  `<svg><script>${run}</script></svg>`,
  `<svg><animate onbegin=${run} attributeName=x dur=1s>`,
  `<iframe srcdoc="<script>parent.${run}</script>">`,
  `<iframe src="javascript:parent.${run}">`,
  `<object data="javascript:${run}">`,
  `<embed src="javascript:${run}">`,
  `<a href="javascript:${run}">click</a>`,
  `<form action="javascript:${run}"><button>go</button></form>`,
  `<details open ontoggle=${run}>`,
  `<input autofocus onfocus=${run}>`,
  `<video><source onerror=${run}></video>`,
  `<body onload=${run}>`,
  `<style>@import 'javascript:${run}';</style>`,
  `<meta http-equiv=refresh content="0;url=javascript:${run}">`,
  `<template><script>${run}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `<button popovertarget=x>x</button><b id=x popover onbeforetoggle=${run}>`,
  `<math><mtext></mtext><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=${run} src=1>">`,
];

/** What would end the place that the text stands in. */
const endings = ["", `">`, `'>`, "</script>", "</textarea>", "</title>", "</style>", "-->", "]]>"];

/** What is dangerous without any of them. */
const others = [
  `javascript:${run}`,
  `data:text/html,<script>${run}</script>`,
  `{{constructor.constructor('${run}')()}}`,
  `\${${run}}`,
  `&lt;script&gt;${run}&lt;/script&gt;`,
  `&#60;img src=x onerror=${run}&#62;`,
  `\\u003cscript\\u003e${run}\\u003c/script\\u003e`,
  `" onmouseover="${run}`,
  `' onfocus='${run}' autofocus='`,
  `"-${run}-"`,
  `'-${run}-'`,
  `\`-${run}-\``,
  "__proto__",
  "constructor",
];

/** 200 texts that a page must show as they are. */
export const hostile: readonly string[] = [
  ...others,
  ...endings.flatMap((ending) => cores.map((core) => ending + core)),
].slice(0, 200);

/** Names of headers allow few characters; these are the worst of them. */
export const hostileTokens: readonly string[] = ["x-'-alert`1`-'", "x-&lt-alert", "x-$|alert`1`|", "__proto__"];
