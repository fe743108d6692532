import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { eventTypesQuery } from "@/api/eventTypes";
import { sampleFor, useSendSample } from "@/api/sample";
import { requests as texts } from "@/texts/requests";
import { FormError } from "@/ui/ErrorCard";

// SampleButton sends an example of an event that the webhook is for.
export function SampleButton({ eventTypes }: { eventTypes?: readonly string[] | undefined }) {
  const { data } = useQuery(eventTypesQuery);
  const sample = useSendSample();
  const known = (data ?? []).map(({ name }) => name);
  return (
    <>
      <Button loading={sample.isPending} onClick={() => sample.mutate(sampleFor(eventTypes, known))}>
        {texts.sample}
      </Button>
      <FormError error={sample.error} />
    </>
  );
}
