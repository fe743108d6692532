import { useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";
import { type RequestFilter, readFilter, writeFilter } from "./filters";

// useFilter is the filter of the address.
export function useFilter() {
  const [params, setParams] = useSearchParams();
  const { state } = useLocation();
  const filter = useMemo(() => readFilter(params), [params]);
  return {
    filter,
    onFilter: (next: RequestFilter, replace = false) => setParams((now) => writeFilter(now, next), { replace, state }),
  };
}
