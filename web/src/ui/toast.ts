import { notifications } from "@mantine/notifications";

// toast says that something worked. What failed is said where it failed.
export function toast(message: string): void {
  notifications.show({ message, autoClose: 4_000 });
}
