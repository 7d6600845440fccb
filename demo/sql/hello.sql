select 'Hello, data from the database!'
