import { type RefObject, useRef } from "react";
import { useLocation, useNavigation } from "react-router";

// useLeaving says whether another page is being loaded. Who writes to the address then,
// as a filter does once typing rests, would call the reader back.
export function useLeaving(): RefObject<boolean> {
  const { location } = useNavigation();
  const { pathname } = useLocation();
  const leaving = useRef(false);
  leaving.current = location !== undefined && location.pathname !== pathname;
  return leaving;
}
