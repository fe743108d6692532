import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { show } from "@/test/render";
import { PanelEdge } from "./PanelEdge";

function edge() {
  const onDrag = vi.fn();
  const onWidth = vi.fn();
  show(<PanelEdge id="panel" width={560} least={400} most={800} onDrag={onDrag} onWidth={onWidth} />);
  const separator = screen.getByRole("separator");
  separator.setPointerCapture = () => undefined;
  return { separator, onDrag, onWidth };
}

it("ends where it is let go, within its bounds", () => {
  const { separator, onDrag, onWidth } = edge();
  fireEvent.pointerDown(separator, { button: 0, clientX: 500 });
  fireEvent.pointerMove(separator, { clientX: 480 });
  expect(onDrag).toHaveBeenLastCalledWith(580);
  // The mouse was moved on before the page has shown that.
  fireEvent.pointerUp(separator, { clientX: 440 });
  expect(onWidth).toHaveBeenLastCalledWith(620);
  fireEvent.pointerMove(separator, { clientX: 300 });
  expect(onDrag).toHaveBeenCalledTimes(1);

  fireEvent.pointerDown(separator, { button: 0, clientX: 500 });
  fireEvent.pointerUp(separator, { clientX: 0 });
  expect(onWidth).toHaveBeenLastCalledWith(800);
});

it("keeps what was shown when the system takes the pointer away", () => {
  const { separator, onWidth } = edge();
  fireEvent.pointerDown(separator, { button: 0, clientX: 500 });
  fireEvent.pointerCancel(separator, { clientX: 0 });
  expect(onWidth).toHaveBeenCalledExactlyOnceWith(560);
});
