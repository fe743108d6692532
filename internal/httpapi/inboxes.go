package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/webhook"
)

// errNoReceiver hides nothing: whoever may ask is told how to get it.
var errNoReceiver = &problem{status: http.StatusNotFound, Code: "receiver.off", Message: "The built-in receiver is there in development mode only (--dev)."}

// withReceiver keeps a handler from running where there is no receiver.
func withReceiver[I, O any](a *api, handle func(ctx context.Context, c *call, in *I) (*O, error)) func(ctx context.Context, c *call, in *I) (*O, error) {
	return func(ctx context.Context, c *call, in *I) (*O, error) {
		if a.Receiver == nil {
			return nil, errNoReceiver
		}
		return handle(ctx, c, in)
	}
}

// InboxPath is the path of one inbox; exported like HookPath.
type InboxPath struct {
	ID string `path:"id"`
}

// InboxView is an inbox of the built-in receiver; exported like HookPath.
type InboxView struct {
	ID            string        `json:"id"`
	URL           string        `json:"url"`
	CreatedAt     instant       `json:"createdAt"`
	Behaviour     behaviourView `json:"behaviour"`
	MessageCount  int           `json:"messageCount"`
	LastMessageAt *instant      `json:"lastMessageAt,omitempty"`
}

// behaviourView is how an inbox answers.
type behaviourView struct {
	Status      int    `json:"status"`
	DelayMs     int64  `json:"delayMs"`
	FailNext    int    `json:"failNext"`
	FailPercent int    `json:"failPercent"`
	Body        string `json:"body"`
	Drop        bool   `json:"drop"`
}

func viewBehaviour(b receiver.Behaviour) behaviourView {
	return behaviourView{b.Status, b.Delay.Milliseconds(), b.FailNext, b.FailPercent, b.Body, b.Drop}
}

func (a *api) viewInbox(i receiver.Inbox) InboxView {
	where := *a.BaseURL
	where.Path = a.prefix + "/receiver/" + i.ID
	return InboxView{
		ID: i.ID, URL: where.String(), CreatedAt: instant(i.CreatedAt), Behaviour: viewBehaviour(i.Behaviour),
		MessageCount: i.Messages, LastMessageAt: instantOf(&i.LastAt),
	}
}

type listInboxesOutput struct {
	Body struct {
		Items []InboxView `json:"items"`
		Next  string      `json:"next,omitempty"`
	}
}

// listInboxes lists the inboxes of the tenant, newest first.
func (a *api) listInboxes(_ context.Context, c *call, in *ListPages) (*listInboxesOutput, error) {
	found, next, err := cutPage(a.Receiver.Inboxes(c.tenant()), *in, func(i *receiver.Inbox) listPlace { return listPlace{i.CreatedAt.UnixMilli(), i.ID} })
	if err != nil {
		return nil, err
	}
	out := &listInboxesOutput{}
	out.Body.Next, out.Body.Items = next, make([]InboxView, len(found))
	for i := range found {
		out.Body.Items[i] = a.viewInbox(found[i])
	}
	return out, nil
}

type inboxOutput struct {
	Body InboxView
}

func (a *api) createInbox(_ context.Context, c *call, _ *struct{}) (*inboxOutput, error) {
	return &inboxOutput{a.viewInbox(a.Receiver.Open(c.tenant(), receiver.NewInbox()))}, nil
}

func (a *api) getInbox(_ context.Context, c *call, in *InboxPath) (*inboxOutput, error) {
	found, ok := a.Receiver.Inbox(c.tenant(), in.ID)
	if !ok {
		return nil, webhook.ErrNotFound
	}
	return &inboxOutput{a.viewInbox(found)}, nil
}

func (a *api) deleteInbox(_ context.Context, c *call, in *InboxPath) (*struct{}, error) {
	if !a.Receiver.Close(c.tenant(), in.ID) {
		return nil, webhook.ErrNotFound
	}
	return nil, nil
}

type listMessagesInput struct {
	InboxPath
	Cursor string  `query:"cursor"`
	Limit  integer `query:"limit"`
}

type listMessagesOutput struct {
	Body struct {
		Items []MessageView `json:"items"`
		Next  string        `json:"next,omitempty"`
	}
}

// listMessages lists what an inbox has received, newest first.
func (a *api) listMessages(_ context.Context, c *call, in *listMessagesInput) (*listMessagesOutput, error) {
	pages := CursorPages{Limit: in.Limit}
	s, err := pages.span()
	if err != nil {
		return nil, err
	}
	var before int64
	if in.Cursor != "" {
		var ok bool
		if before, ok = integer(in.Cursor).value(1, 1<<53); !ok {
			return nil, invalidParameter("cursor", "invalid", "The cursor is not one that was given out. Start without it.")
		}
	}
	messages, ok := a.Receiver.Read(c.tenant(), in.ID)
	if !ok {
		return nil, webhook.ErrNotFound
	}
	slices.Reverse(messages)
	if before > 0 {
		messages = slices.DeleteFunc(messages, func(m receiver.Message) bool { return m.Number >= before })
	}
	out := &listMessagesOutput{}
	if len(messages) > s.limit {
		messages = messages[:s.limit]
		out.Body.Next = strconv.FormatInt(messages[s.limit-1].Number, 10)
	}
	out.Body.Items = make([]MessageView, len(messages))
	for i := range messages {
		out.Body.Items[i] = a.viewMessage(c, &messages[i])
	}
	return out, nil
}

func (a *api) clearMessages(_ context.Context, c *call, in *InboxPath) (*struct{}, error) {
	if !a.Receiver.Clear(c.tenant(), in.ID) {
		return nil, webhook.ErrNotFound
	}
	return nil, nil
}

// MessagePath is the path of one message; exported like HookPath.
type MessagePath struct {
	InboxPath
	Number integer `path:"number"`
}

func (a *api) message(c *call, in *MessagePath) (receiver.Message, error) {
	number, _ := in.Number.value(1, 1<<53)
	messages, _ := a.Receiver.Read(c.tenant(), in.ID)
	i := slices.IndexFunc(messages, func(m receiver.Message) bool { return m.Number == number })
	if i < 0 {
		return receiver.Message{}, webhook.ErrNotFound
	}
	return messages[i], nil
}

type messageOutput struct {
	Body MessageView
}

func (a *api) getMessage(_ context.Context, c *call, in *MessagePath) (*messageOutput, error) {
	m, err := a.message(c, in)
	if err != nil {
		return nil, err
	}
	return &messageOutput{a.viewMessage(c, &m)}, nil
}

type messageBodyInput struct {
	MessagePath
	Limit integer `query:"limit"`
}

// getMessageBody answers the bytes that were received.
func (a *api) getMessageBody(_ context.Context, c *call, in *messageBodyInput) (*rawOutput, error) {
	m, err := a.message(c, &in.MessagePath)
	if err != nil {
		return nil, err
	}
	return raw(m.Body, in.Limit, "message-"+string(in.Number)+".bin")
}

type behaviourOutput struct {
	Body behaviourView
}

func (a *api) getBehaviour(_ context.Context, c *call, in *InboxPath) (*behaviourOutput, error) {
	found, ok := a.Receiver.Inbox(c.tenant(), in.ID)
	if !ok {
		return nil, webhook.ErrNotFound
	}
	return &behaviourOutput{viewBehaviour(found.Behaviour)}, nil
}

// setBehaviour replaces a behaviour; what is left out is as in a new inbox.
func (a *api) setBehaviour(_ context.Context, c *call, in *InboxPath) (*behaviourOutput, error) {
	b, p := readBehaviour(c.body)
	if p != nil {
		return nil, p
	}
	if !a.Receiver.Behave(c.tenant(), in.ID, b) {
		return nil, webhook.ErrNotFound
	}
	return &behaviourOutput{viewBehaviour(b)}, nil
}

func readBehaviour(raw []byte) (receiver.Behaviour, *problem) {
	root, p := decode(raw)
	if p != nil {
		return receiver.Behaviour{}, p
	}
	f := &form{}
	o := f.object([]any{}, root, "status", "delayMs", "failNext", "failPercent", "body", "drop")
	if o == nil {
		return receiver.Behaviour{}, f.ownProblem()
	}
	b := receiver.DefaultBehaviour()
	set := func(into *int, name string, low, high int) {
		if n := o.integer(name, low, high); n != nil {
			*into = *n
		}
	}
	var delay int
	set(&b.Status, "status", http.StatusOK, 599)
	set(&delay, "delayMs", 0, int(receiver.MaxDelay.Milliseconds()))
	set(&b.FailNext, "failNext", 0, receiver.MaxFailNext)
	set(&b.FailPercent, "failPercent", 0, 100)
	b.Delay = time.Duration(delay) * time.Millisecond
	if text := o.text("body"); text != nil {
		if b.Body = *text; len(b.Body) > receiver.MaxText {
			f.report(tooBig(o.at("body"), "string", receiver.MaxText, "The body has at most "+strconv.Itoa(receiver.MaxText)+" bytes."))
		}
	}
	if drop := o.truth("drop"); drop != nil {
		b.Drop = *drop
	}
	return b, f.ownProblem()
}
