import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { CircleUser } from "lucide-react";
import { Link } from "react-router";
import { useSession, useSignOut } from "@/api/session";
import type { Zone } from "@/lib/time";
import { nav } from "@/texts/common";
import { type Density, preferences, useStore } from "@/ui/preferences";
import styles from "./shell.module.css";

interface Props {
  // Pages that have no place in the bar of small windows.
  readonly minor: readonly { readonly to: string; readonly text: string }[];
}

// AccountMenu holds who is signed in, what is kept in this browser, and the way out.
export function AccountMenu({ minor }: Props) {
  const { user } = useSession();
  const signOut = useSignOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const zone = useStore(preferences.zone);
  const density = useStore(preferences.density);
  const shortcuts = useStore(preferences.shortcuts);
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <ActionIcon aria-label={nav.account} className={styles.account ?? ""}>
          <CircleUser className="icon" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {user && <Menu.Label>{nav.signedInAs(user.name)}</Menu.Label>}
        {minor.map((item) => (
          <Menu.Item key={item.to} component={Link} to={item.to} className={styles.minorItem ?? ""}>
            {item.text}
          </Menu.Item>
        ))}
        <Menu.Label>{nav.theme}</Menu.Label>
        <Choice<MantineColorScheme>
          value={colorScheme}
          onChange={setColorScheme}
          options={[
            ["light", nav.light],
            ["dark", nav.dark],
            ["auto", nav.system],
          ]}
        />
        <Menu.Label>{nav.times}</Menu.Label>
        <Choice<Zone>
          value={zone}
          onChange={preferences.zone.set}
          options={[
            ["local", nav.local],
            ["utc", "UTC"],
          ]}
        />
        <Menu.Label>{nav.density}</Menu.Label>
        <Choice<Density>
          value={density}
          onChange={preferences.density.set}
          options={[
            ["comfortable", nav.comfortable],
            ["compact", nav.compact],
          ]}
        />
        <Menu.Divider />
        <Menu.CheckboxItem
          checked={shortcuts === "on"}
          onChange={(checked) => preferences.shortcuts.set(checked ? "on" : "off")}
        >
          {nav.shortcuts}
        </Menu.CheckboxItem>
        <Menu.Divider />
        <Menu.Item onClick={() => signOut.mutate()}>{nav.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface ChoiceProps<T extends string> {
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly (readonly [T, string])[];
}

function Choice<T extends string>({ value, onChange, options }: ChoiceProps<T>) {
  return (
    // The values are those of the options.
    <Menu.RadioGroup value={value} onChange={(chosen) => onChange(chosen as T)}>
      {options.map(([option, text]) => (
        <Menu.RadioItem key={option} value={option}>
          {text}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  );
}
