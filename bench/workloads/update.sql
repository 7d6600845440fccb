select '{"id":' || :id || ',"hits":5}';
