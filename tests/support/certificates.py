"""A city's certificate authority for tests, by the openssl program: keys on P-256, dates as asked."""
import datetime
import os
import subprocess


def _openssl(*arguments, cwd=None):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def _date(days):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return at.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """Files: ca.pem, ca.key, crl.pem (after revoke()), NAME.pem and NAME.key for each issued name."""

    def __init__(self, folder, name="city"):
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        self._write("index.txt", "")
        self._write("index.txt.attr", "unique_subject = no\n")
        self._write("serial", "1000\n")
        self._write("crlnumber", "1000\n")
        self._write("ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
                    "certificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\npolicy=p\ncrlnumber=crlnumber\n"
                    "default_crl_days=30\ncopy_extensions=none\n[p]\ncommonName=supplied\n")
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                  "-out", "ca.pem", "-days", "400", "-subj", f"/CN={name} authority")
        self.ca = os.path.join(self.folder, "ca.pem")

    def issue(self, name, alternatives="", start=-2, end=100, file=None):
        """A certificate and its key; `start`, `end` in days from now."""
        file = file or name
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{file}.key",
                  "-out", f"{file}.csr", "-subj", f"/CN={name}")
        self._write(f"{file}.ext", f"subjectAltName={alternatives}\n" if alternatives else "basicConstraints=CA:false\n")
        self._run("ca", "-batch", "-notext", "-config", "ca.cnf", "-in", f"{file}.csr", "-out", f"{file}.pem",
                  "-startdate", _date(start), "-enddate", _date(end), "-extfile", f"{file}.ext")
        os.chmod(os.path.join(self.folder, f"{file}.key"), 0o600)
        return os.path.join(self.folder, f"{file}.pem"), os.path.join(self.folder, f"{file}.key")

    def revoke(self, file):
        self._run("ca", "-config", "ca.cnf", "-revoke", f"{file}.pem")

    def list(self):
        """The revocation list, made now."""
        self._run("ca", "-config", "ca.cnf", "-gencrl", "-out", "crl.pem")
        return os.path.join(self.folder, "crl.pem")

    def _run(self, *arguments):
        _openssl(*arguments, cwd=self.folder)

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text)
