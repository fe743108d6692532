package ingest

import "bytes"

// split takes a batch apart into its events, which may still be invalid. Of one that has
// too many nothing is kept but their number: there may be millions.
func split(in Input) ([][]byte, error) {
	if len(in.Body) > MaxBatch {
		return nil, tooLarge("batch.too_large", "A batch is at most %d bytes.", MaxBatch)
	}
	var parts [][]byte
	var all int
	var err error
	if in.NDJSON {
		parts, all = splitLines(in.Body)
	} else if parts, all, err = splitArray(in.Body); err != nil {
		return nil, err
	}
	switch {
	case all == 0:
		return nil, invalid("batch.empty", "The batch holds no event.")
	case all > MaxBatchEvents:
		return nil, tooLarge("batch.too_many_events", "A batch holds at most %d events; this one holds %d.", MaxBatchEvents, all)
	}
	return parts, nil
}

func splitArray(body []byte) (elements [][]byte, all int, err error) {
	text := bytes.Trim(body, " \t\r\n")
	if len(text) == 0 || text[0] != '[' {
		return nil, 0, invalid("batch.invalid", "The batch must be a JSON array of events, or one event per line with content-type application/x-ndjson.")
	}
	parts, all, ok := wellFormedUpTo(text, MaxDepth+1, MaxBatchEvents)
	if !ok && depth(text) > MaxDepth+1 {
		if elements, all, ok = splitDeep(text); ok {
			return elements, all, nil
		}
	}
	if !ok {
		return nil, 0, invalid("batch.invalid", "The batch is not valid JSON%s.", where(text))
	}
	elements = make([][]byte, len(parts))
	for i := range parts {
		elements[i] = parts[i].value
	}
	return elements, all, nil
}

// splitDeep takes apart an array of which an element is nested too deep for wellFormed,
// by its brackets alone, so that each event is told what is wrong with it.
func splitDeep(text []byte) (elements [][]byte, all int, ok bool) {
	nesting, begin := 0, 1
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '"':
			at = skipString(text, at) - 1
		case '{', '[':
			nesting++
		case '}', ']':
			nesting--
		}
		if nesting > 1 || nesting == 1 && text[at] != ',' {
			continue
		}
		element := bytes.Trim(text[begin:max(begin, at)], " \t\r\n")
		begin = at + 1
		if len(element) == 0 || nesting < 1 && (begin < len(text) || text[at] != ']') {
			return nil, 0, false
		}
		if all++; all <= MaxBatchEvents {
			elements = append(elements, element)
		}
	}
	return elements, all, nesting == 0
}

func splitLines(body []byte) (lines [][]byte, all int) {
	for line := range bytes.Lines(body) {
		if line = bytes.Trim(line, " \t\r\n"); len(line) == 0 {
			continue
		}
		if all++; all <= MaxBatchEvents {
			lines = append(lines, line)
		}
	}
	return lines, all
}
