namespace Latchkey.Tls.Messages;

/// <summary>Handshake message types, RFC 8446 §B.3 and RFC 5246 §7.4.</summary>
public enum HandshakeType : byte
{
    /// <summary>0, TLS 1.2.</summary>
    HelloRequest = 0,
    /// <summary>1.</summary>
    ClientHello = 1,
    /// <summary>2.</summary>
    ServerHello = 2,
    /// <summary>4.</summary>
    NewSessionTicket = 4,
    /// <summary>5.</summary>
    EndOfEarlyData = 5,
    /// <summary>8.</summary>
    EncryptedExtensions = 8,
    /// <summary>11.</summary>
    Certificate = 11,
    /// <summary>12, TLS 1.2.</summary>
    ServerKeyExchange = 12,
    /// <summary>13.</summary>
    CertificateRequest = 13,
    /// <summary>14, TLS 1.2.</summary>
    ServerHelloDone = 14,
    /// <summary>15.</summary>
    CertificateVerify = 15,
    /// <summary>16, TLS 1.2.</summary>
    ClientKeyExchange = 16,
    /// <summary>20.</summary>
    Finished = 20,
    /// <summary>22, RFC 6066.</summary>
    CertificateStatus = 22,
    /// <summary>24.</summary>
    KeyUpdate = 24,
    /// <summary>254: stands for a ClientHello that was answered by HelloRetryRequest (RFC 8446 §4.4.1).</summary>
    MessageHash = 254,
}
