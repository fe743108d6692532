// Package obs is what people who run Tidings look at: the log, the metrics and the
// operations listener. It knows no other package; app wires it to them.
//
// Nothing secret goes through here: no payloads, keys, header values or query
// strings. Labels of metrics are from short fixed lists, never a URL or the
// identifier of a webhook.
package obs
