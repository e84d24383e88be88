package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The rows of a backup are the same whichever engine wrote them. A value is
//
//	0x00                     NULL
//	0x01 varint              an integer (zigzag)
//	0x02 8 bytes             a float, IEEE 754, big-endian
//	0x03 uvarint bytes       a text
//	0x04 uvarint bytes       bytes
const (
	isNull byte = iota
	isInt
	isFloat
	isText
	isBytes
)

const maxValue = 1 << 30 // bytes of one value

func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, isNull), nil
	case int64:
		return binary.AppendVarint(append(b, isInt), v), nil
	case bool:
		return binary.AppendVarint(append(b, isInt), truth(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(b, isFloat), math.Float64bits(v)), nil
	case string:
		return append(binary.AppendUvarint(append(b, isText), uint64(len(v))), v...), nil
	case []byte:
		return append(binary.AppendUvarint(append(b, isBytes), uint64(len(v))), v...), nil
	}
	return nil, fmt.Errorf("backup: a value of type %T", v)
}

func readValue(r *bufio.Reader) (any, error) {
	tag, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	switch tag {
	case isNull:
		return nil, nil
	case isInt:
		n, err := binary.ReadVarint(r)
		return n, short(err)
	case isFloat:
		var b [8]byte
		_, err := io.ReadFull(r, b[:])
		return math.Float64frombits(binary.BigEndian.Uint64(b[:])), short(err)
	case isText:
		b, err := readBytes(r)
		return string(b), err
	case isBytes:
		return readBytes(r)
	}
	return nil, fmt.Errorf("backup: unknown value 0x%02x", tag)
}

func readBytes(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, short(err)
	}
	if n > maxValue {
		return nil, fmt.Errorf("backup: a value of %d bytes", n)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return b, short(err)
}

// short: the end of the stream within a value is not its end.
func short(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readRow(r *bufio.Reader, n int) ([]any, error) {
	row := make([]any, n)
	for i := range row {
		v, err := readValue(r)
		if err != nil {
			return nil, short(err)
		}
		row[i] = v
	}
	return row, nil
}
