package obs

import (
	"bufio"
	"io"
	"sync"
	"time"
)

const bufferSize = 64 << 10

// buffer gathers writes and passes them on when it is full or the first of them
// has waited long enough. It has a timer only while something waits. Safe for
// concurrent use.
type buffer struct {
	every time.Duration

	mu     sync.Mutex
	out    *bufio.Writer
	timer  *time.Timer // nil while nothing waits
	closed bool
}

func newBuffer(w io.Writer, every time.Duration) *buffer {
	return &buffer{every: every, out: bufio.NewWriterSize(w, bufferSize)}
}

func (b *buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.out.Write(line)
	switch {
	case err != nil:
		return n, err
	case b.closed:
		return n, b.out.Flush()
	case b.timer == nil:
		b.timer = time.AfterFunc(b.every, b.flush)
	}
	return n, nil
}

// flush has nobody to tell about an error: it shows again in the next Write.
func (b *buffer) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer = nil
	_ = b.out.Flush()
}

func (b *buffer) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	return b.out.Flush()
}
