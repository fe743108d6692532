// Sets the colours before the first paint. It blocks on purpose, and is a file of
// its own because the page allows no inline scripts. src/app/theme/scheme.ts keeps
// the same key.
(() => {
  let wanted = "auto";
  try {
    wanted = localStorage.getItem("tidings.scheme") ?? "auto";
  } catch {
    // Storage may be forbidden: the system's colours then.
  }
  const dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
})();
