package random

import (
	"crypto/rand"
	"errors"
	"math/big"
)

const (
	lowerCase      = "abcdefghijklmnopqrstuvwxyz"
	upperCase      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits         = "0123456789"
	defaultSpecial = "!@#$%&*()-_=+[]{}<>:?"
)

// generate draws the least number of each class first, the rest from all classes, and mixes them.
func (s PasswordState) generate() (string, error) {
	special := defaultSpecial
	if s.OverrideSpecial != nil && *s.OverrideSpecial != "" {
		special = *s.OverrideSpecial
	}
	classes := []struct {
		allowed    bool
		least      int
		characters string
	}{
		{s.Lower, s.MinLower, lowerCase},
		{s.Upper, s.MinUpper, upperCase},
		{s.Numeric, s.MinNumeric, digits},
		{s.Special, s.MinSpecial, special},
	}
	var all string
	var result []byte
	for _, class := range classes {
		if class.allowed {
			all += class.characters
		}
		drawn, err := draw(class.characters, class.least)
		if err != nil {
			return "", err
		}
		result = append(result, drawn...)
	}
	if all == "" {
		return "", errors.New("lower, upper, numeric and special are all false: allow at least one")
	}
	rest, err := draw(all, s.Length-len(result))
	if err != nil {
		return "", err
	}
	result = append(result, rest...)
	if err := shuffle(result); err != nil {
		return "", err
	}
	return string(result), nil
}

func draw(characters string, count int) ([]byte, error) {
	drawn := make([]byte, max(count, 0))
	for i := range drawn {
		n, err := below(len(characters))
		if err != nil {
			return nil, err
		}
		drawn[i] = characters[n]
	}
	return drawn, nil
}

func shuffle(data []byte) error {
	for i := len(data) - 1; i > 0; i-- {
		j, err := below(i + 1)
		if err != nil {
			return err
		}
		data[i], data[j] = data[j], data[i]
	}
	return nil
}

func below(limit int) (int, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		return 0, err
	}
	return int(n.Int64()), nil
}
