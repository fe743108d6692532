package obs

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// LogOptions says how to log.
type LogOptions struct {
	Writer io.Writer
	// Level is debug, info, warn or error; anything else is info.
	Level string
	// Format is text or json; anything else is text on a terminal and JSON
	// elsewhere.
	Format string
}

// Logger is a slog.Logger whose lines are written in batches. Close it at the end.
type Logger struct {
	*slog.Logger
	buffer *buffer
}

// flushEvery is how long a line may wait in the buffer.
const flushEvery = 250 * time.Millisecond

// NewLogger makes a logger.
func NewLogger(o LogOptions) *Logger {
	b := newBuffer(o.Writer, flushEvery)
	options := &slog.HandlerOptions{Level: level(o.Level)}
	var handler slog.Handler = slog.NewJSONHandler(b, options)
	if o.Format == "text" || o.Format != "json" && IsTerminal(o.Writer) {
		handler = slog.NewTextHandler(b, options)
	}
	return &Logger{Logger: slog.New(handler), buffer: b}
}

// Close writes what is waiting. Later lines are written at once.
func (l *Logger) Close() error { return l.buffer.close() }

func level(name string) slog.Level {
	switch name {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// IsTerminal says whether a person reads what is written to w.
func IsTerminal(w any) bool {
	file, is := w.(*os.File)
	return is && isatty.IsTerminal(file.Fd())
}
