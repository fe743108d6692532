import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useContext } from "react";
import { useNavigate } from "react-router";
import { eventTypesQuery } from "@/api/eventTypes";
import { lookupQuery } from "@/api/lookup";
import { useSession } from "@/api/session";
import { LiveContext } from "@/api/useLive";
import { webhooksQuery } from "@/api/webhooks";
import { built } from "@/lib/built";
import { looksLikeId, matchesWords, pathOf } from "@/lib/find";
import { nav } from "@/texts/common";
import { palette as texts } from "@/texts/shortcuts";

export interface Command {
  readonly key: string;
  readonly group: string;
  readonly text: string;
  readonly detail?: string;
  readonly run: () => void;
}

// usePaletteCommands is what fits the text, best known first. Pages and actions are
// known; webhooks and IDs are asked for.
export function usePaletteCommands(text: string, onSheet: () => void): readonly Command[] {
  const navigate = useNavigate();
  const go = (path: string) => () => void navigate(path);
  const wanted = text.trim();
  const fixed = [...usePages(), ...useActions(onSheet)].filter((command) => matchesWords(command.text, wanted));
  const webhooks = useQuery({ ...webhooksQuery({ q: wanted, limit: 8 }), enabled: wanted !== "" });
  const types = useQuery({ ...eventTypesQuery, enabled: wanted !== "" });
  const found = useQuery({ ...lookupQuery(wanted), enabled: looksLikeId(wanted) });
  if (wanted === "") return fixed;
  return [
    ...(found.data && looksLikeId(wanted)
      ? [
          {
            key: "id",
            group: texts.ids,
            text: texts.goTo(texts.kinds[found.data.kind]),
            detail: found.data.id,
            run: go(pathOf(found.data)),
          },
        ]
      : []),
    ...fixed,
    ...(webhooks.data?.items ?? []).map((webhook) => ({
      key: `webhook ${webhook.id}`,
      group: texts.webhooks,
      text: webhook.name,
      detail: webhook.url,
      run: go(`/webhooks/${webhook.id}/settings`),
    })),
    ...(types.data ?? [])
      .filter((type) => matchesWords(`${type.name} ${type.description}`, wanted))
      .slice(0, 8)
      .map((type) => ({
        key: `type ${type.name}`,
        group: texts.eventTypes,
        text: type.name,
        run: go(`/events/catalogue/${encodeURIComponent(type.name)}`),
      })),
  ];
}

function usePages(): readonly Command[] {
  const navigate = useNavigate();
  const { receiver, scopes = [] } = useSession();
  const pages = [
    ["/overview", nav.overview, built.overview],
    ["/webhooks", nav.webhooks, built.webhooks],
    ["/requests", nav.requests, built.requests],
    ["/events", nav.events, built.events],
    ["/events/catalogue", texts.eventTypes, built.events],
    ["/receiver", nav.receiver, built.receiver && receiver],
    ["/api-keys", nav.keys, built.keys && scopes.includes("admin")],
    ["/api", nav.api, built.api],
    ["/settings", nav.settings, built.settings],
  ] as const;
  return pages
    .filter(([, , there]) => there)
    .map(([path, text]) => ({ key: path, group: texts.pages, text, run: () => void navigate(path) }));
}

function useActions(onSheet: () => void): readonly Command[] {
  const navigate = useNavigate();
  const live = useContext(LiveContext);
  const { scopes = [] } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const action = (key: string, text: string, run: () => void): Command => ({ key, group: texts.actions, text, run });
  return [
    ...(scopes.includes("manage") ? [action("create", texts.create, () => void navigate("/webhooks/create"))] : []),
    ...(built.events && scopes.includes("emit")
      ? [action("emit", texts.emit, () => void navigate("/events?emit="))]
      : []),
    live?.paused
      ? action("resume", texts.resume, () => live.resume())
      : action("pause", texts.pause, () => live?.pause()),
    colorScheme === "dark"
      ? action("light", texts.light, () => setColorScheme("light"))
      : action("dark", texts.dark, () => setColorScheme("dark")),
    action("sheet", texts.shortcuts, onSheet),
  ];
}
