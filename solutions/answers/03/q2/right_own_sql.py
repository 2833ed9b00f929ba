import database
import mails


def remind(user_id):
    sql = "SELECT name, mail FROM users WHERE id = ?"
    [(name, mail)] = database.connect().execute(sql, [user_id])
    mails.send(mail, f"{name}, read ten pages")
    return True


def enqueue_reminder(queue, user):
    return queue.enqueue(remind, user.id, result_ttl=0).id
