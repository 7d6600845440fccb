-- What kind of server answers.
select current_setting('server_version_num')
