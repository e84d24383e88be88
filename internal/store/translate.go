package store

func translate(sql string) (string, error) { return sql, nil }
