package testkit

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
)

// TicketFlood does a TLS 1.3 handshake and then sends session tickets without end, and
// never an answer; for a receiver with TLS. The handshake is crypto/tls's; the records after it are made here,
// because a server of crypto/tls cannot be talked into them. It needs
// TLS_AES_128_GCM_SHA256, which two Go peers agree on where AES is in hardware.
func TicketFlood() Behaviour {
	return Behaviour{accept: func(x *Exchange) {
		secrets := &strings.Builder{}
		config := x.tls.Clone()
		config.MinVersion, config.SessionTicketsDisabled = tls.VersionTLS13, true
		config.KeyLogWriter = secrets
		layer := tls.Server(x.Socket, config)
		if layer.Handshake() != nil {
			return
		}
		go func() { _, _ = io.Copy(io.Discard, x.Socket) }()
		_ = floodTickets(x.Socket, secrets.String())
	}}
}

// floodTickets writes NewSessionTicket messages until the other side leaves.
func floodTickets(socket net.Conn, secrets string) error {
	secret, err := serverSecret(secrets)
	if err != nil {
		return err
	}
	seal, err := sealer(secret)
	if err != nil {
		return err
	}
	// lifetime, age_add, an empty nonce, a ticket of one byte, no extensions
	ticket := []byte{4, 0, 0, 14, 0, 0, 14, 16, 0, 0, 0, 0, 0, 0, 1, 'x', 0, 0}
	for sequence := uint64(0); ; sequence++ {
		if _, err := socket.Write(seal(sequence, ticket)); err != nil {
			return fmt.Errorf("write ticket: %w", err)
		}
	}
}

// serverSecret finds SERVER_TRAFFIC_SECRET_0 in the key log.
func serverSecret(log string) ([]byte, error) {
	for line := range strings.Lines(log) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "SERVER_TRAFFIC_SECRET_0" {
			return hex.DecodeString(fields[2])
		}
	}
	return nil, fmt.Errorf("no secret in the key log")
}

// sealer returns a function that makes a record of a handshake message (RFC 8446,
// section 5.2).
func sealer(secret []byte) (func(sequence uint64, message []byte) []byte, error) {
	key, err := expandLabel(secret, "key", 16)
	if err != nil {
		return nil, err
	}
	iv, err := expandLabel(secret, "iv", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return func(sequence uint64, message []byte) []byte {
		nonce := append([]byte(nil), iv...)
		for i, b := range binary.BigEndian.AppendUint64(nil, sequence) {
			nonce[4+i] ^= b
		}
		inner := append(append([]byte(nil), message...), 22) // content type: handshake
		header := binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(len(inner)+aead.Overhead()))
		return aead.Seal(header, nonce, inner, header)
	}, nil
}

// expandLabel is HKDF-Expand-Label (RFC 8446, section 7.1) with an empty context.
func expandLabel(secret []byte, label string, length int) ([]byte, error) {
	label = "tls13 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(length))
	info = append(append(append(info, byte(len(label))), label...), 0)
	return hkdf.Expand(sha256.New, secret, string(info), length)
}
