// Package client calls the API of a Tidings server.
//
// Each operation of the API has a method of its name, such as [Client.GetDelivery];
// those and their types are generated from the OpenAPI document. Above them are the
// things that programs want most: [Client.Emit] hands over an event, and
// [Client.Deliveries], [Client.Events] and [Client.Webhooks] walk through lists page
// by page. An answer that is not a success is an [*Error].
package client
