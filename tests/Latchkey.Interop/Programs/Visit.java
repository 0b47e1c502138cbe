import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** One GET over JSSE: port, host name, protocol, CA file (PEM), path. */
public class Visit {
    public static void main(String[] arguments) throws Exception {
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var file = new FileInputStream(arguments[3])) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);

        try (var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", Integer.parseInt(arguments[0]))) {
            var parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] { arguments[2] });
            parameters.setServerNames(List.of(new SNIHostName(arguments[1])));
            parameters.setApplicationProtocols(new String[] { "http/1.1" });
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream().write(
                ("GET " + arguments[4] + " HTTP/1.1\r\nHost: " + arguments[1] + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            var answer = socket.getInputStream().readAllBytes();

            var session = socket.getSession();
            var leaf = (java.security.cert.X509Certificate) session.getPeerCertificates()[0];
            // The socket goes to an address, so the name is compared here and not by the socket.
            var named = leaf.getSubjectAlternativeNames().stream().anyMatch(name -> name.get(1).equals(arguments[1]));
            if (!named) throw new IllegalStateException("certificate of another name: " + leaf.getSubjectAlternativeNames());
            System.out.println("version: " + session.getProtocol());
            System.out.println("suite: " + session.getCipherSuite());
            System.out.println("certificate: " + Base64.getEncoder().encodeToString(leaf.getEncoded()));
            System.out.println("application: " + socket.getApplicationProtocol());
            System.out.println("body: " + Base64.getEncoder().encodeToString(answer));
        }
    }
}
