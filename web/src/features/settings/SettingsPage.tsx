import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { useSession } from "@/api/session";
import { type System, systemQuery } from "@/api/system";
import { notFound } from "@/texts/common";
import { settings as texts } from "@/texts/settings";
import { ErrorCard } from "@/ui/ErrorCard";
import { NavTabs } from "@/ui/NavTabs";
import { NotFound } from "@/ui/NotFound";
import { PageHead } from "@/ui/PageHead";
import { About } from "./About";
import { Network } from "./Network";
import { PasswordForm } from "./PasswordForm";
import { SettingsTable } from "./SettingsTable";
import { isSection, type Section, sections } from "./sections";

// What is in effect, section by section. It is changed where the server is started.
export function Component() {
  const { section = "general" } = useParams();
  const system = useQuery(systemQuery);
  if (!isSection(section)) return <NotFound body={notFound.body} />;
  return (
    <>
      <PageHead title={texts.title} tabTitle={`${texts.sections[section]} settings`} sub={texts.sub} />
      <NavTabs
        label={texts.tabs}
        tabs={sections.map((name) => ({ to: `/settings/${name}`, text: texts.sections[name] }))}
      />
      {section === "account" ? (
        <Account />
      ) : (
        <>
          {system.error && <ErrorCard error={system.error} onRetry={() => void system.refetch()} />}
          {system.data && <Shown section={section} system={system.data} />}
        </>
      )}
    </>
  );
}

function Shown({ section, system }: { section: Section; system: System }) {
  if (section === "about") return <About system={system} />;
  if (section === "network") return <Network system={system} />;
  return <SettingsTable section={section} settings={system.settings} />;
}

function Account() {
  const { user } = useSession();
  return user ? <PasswordForm email={user.email} /> : <p className="t2">{texts.noUser}</p>;
}
