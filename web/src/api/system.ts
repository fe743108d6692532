import { queryOptions } from "@tanstack/react-query";
import { client, dataOf, type Schemas } from "./client";
import { useMutation } from "./mutation";

export type System = Schemas["System"];
export type Setting = Schemas["SystemSetting"];
export type SystemCheck = Schemas["SystemCheck"];

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => dataOf(client.GET("/api/system", { signal })),
});

export const useChangePassword = () =>
  useMutation({
    mutationFn: (body: Schemas["PasswordBody"]) => dataOf(client.PUT("/api/me/password", { body })),
    gcTime: 0,
  });
