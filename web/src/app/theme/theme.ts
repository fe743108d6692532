import {
  ActionIcon,
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  Menu,
  Modal,
  Popover,
  type VariantColorsResolver,
} from "@mantine/core";
import { common } from "@/texts/common";

// Everything that floats stays where it is in the document: in its landmark and
// after its opener. "fixed" keeps cards from clipping it.
const floating = { withinPortal: false, floatingStrategy: "fixed" } as const;

const variants: VariantColorsResolver = (input) => {
  const danger = input.color === "red";
  switch (input.variant) {
    case "filled":
      return {
        background: danger ? "var(--danger)" : "var(--accent)",
        hover: danger ? "var(--danger-hover)" : "var(--accent-hover)",
        color: "var(--on-accent)",
        border: "1px solid transparent",
      };
    case "default":
      return {
        background: "var(--surface)",
        hover: "var(--hover)",
        color: danger ? "var(--bad)" : "var(--text)",
        border: "1px solid var(--border)",
      };
    case "subtle":
      return {
        background: "transparent",
        hover: "var(--hover)",
        color: danger ? "var(--bad)" : "var(--accent-text)",
        border: "1px solid transparent",
      };
    default:
      return defaultVariantColorsResolver(input);
  }
};

const violet = [
  "#ecebfb",
  "#d9d6f8",
  "#b8b2f0",
  "#a8a2ff",
  "#9a94ff",
  "#655de4",
  "#5048c8",
  "#4a41c2",
  "#4239b0",
  "#352e91",
] as const;

// What Mantine leaves inaccessible is set right here, once; theme.test.tsx has a test
// for each line with a comment.
export const theme = createTheme({
  primaryColor: "violet",
  primaryShade: { light: 6, dark: 6 },
  colors: { violet },
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  headings: { fontFamily: "var(--font)", fontWeight: "600" },
  defaultRadius: 6,
  focusRing: "auto",
  cursorType: "pointer",
  respectReducedMotion: true,
  variantColorResolver: variants,
  components: {
    Button: { defaultProps: { variant: "default" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Radio: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "sm" } },
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle" } }),
    Popover: Popover.extend({ defaultProps: { ...floating, transitionProps: { duration: 0 } } }),
    // The placeholder that takes the focus is no child that a menu may have.
    Menu: Menu.extend({
      defaultProps: {
        ...floating,
        withInitialFocusPlaceholder: false,
        transitionProps: { duration: 0 },
        position: "bottom-end",
      },
    }),
    Tooltip: { defaultProps: floating },
    Combobox: { defaultProps: floating },
    // The button that closes has no name of its own, and the head of a dialog is not
    // that of the page.
    Modal: Modal.extend({
      defaultProps: {
        attributes: { header: { role: "presentation" } },
        closeButtonProps: { "aria-label": common.close },
        transitionProps: { transition: "fade", duration: 0 },
        centered: false,
        radius: 10,
        yOffset: "8vh",
      },
    }),
    Drawer: {
      defaultProps: {
        attributes: { header: { role: "presentation" } },
        closeButtonProps: { "aria-label": common.close },
        position: "right",
        transitionProps: { duration: 0 },
      },
    },
    // What floats over the page is told politely; errors also stay where they arose.
    Notification: { defaultProps: { role: "status", closeButtonProps: { "aria-label": common.dismiss } } },
    InputWrapper: { defaultProps: { inputWrapperOrder: ["label", "input", "error", "description"] } },
  },
});

// Mantine's own variables, answered from the tokens.
export const variables: CSSVariablesResolver = () => {
  const both = {
    "--mantine-color-text": "var(--text)",
    "--mantine-color-body": "var(--canvas)",
    "--mantine-color-dimmed": "var(--text-3)",
    "--mantine-color-placeholder": "var(--text-3)",
    "--mantine-color-anchor": "var(--accent-text)",
    "--mantine-color-error": "var(--bad)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--border)",
    "--mantine-color-disabled": "var(--mute-bg)",
    "--mantine-color-disabled-color": "var(--text-3)",
    "--mantine-color-disabled-border": "var(--border)",
    "--mantine-primary-color-filled": "var(--accent)",
    "--mantine-primary-color-filled-hover": "var(--accent-hover)",
  };
  return { variables: {}, light: both, dark: both };
};
