// The order matters: later sheets win over earlier ones of equal weight.
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./mantine.css";
import "./tokens.css";
import "./base.css";
import "./components.css";
