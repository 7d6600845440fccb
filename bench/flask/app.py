"""The pages as a Flask application with psycopg2, under gunicorn."""
import os

import psycopg2
import psycopg2.extras
import psycopg2.pool
from flask import Flask, render_template, request

app = Flask(__name__, template_folder=os.environ["PAGES"])
pool = psycopg2.pool.ThreadedConnectionPool(
    8, 8, user="web", dbname="postgres",
    cursor_factory=psycopg2.extras.RealDictCursor)


def rows(sql, *values):
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        pool.putconn(connection)


@app.get("/fortunes")
def fortunes():
    return render_template("fortunes.html", fortunes=rows(
        "select id, message from fortune where id <= 12 order by message"))


@app.get("/fortunes1000")
def fortunes1000():
    return render_template("fortunes1000.html", fortunes=rows(
        "select id, message from fortune order by message"))


@app.get("/shop50")
def shop50():
    return render_template("shop50.html", products=rows(
        """select id, name, category,
                  (cents / 100.0)::numeric(10, 2)::text as price, stock
           from item where id >= %s::int order by id limit 50""",
        request.args["id"]))
