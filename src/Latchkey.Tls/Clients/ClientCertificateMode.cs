namespace Latchkey.Tls.Clients;

/// <summary>What a site asks of a client about a certificate.</summary>
public enum ClientCertificateMode
{
    /// <summary>It is asked for one and may go without; one that it shows must be right.</summary>
    Request,

    /// <summary>Without one there is no connection: certificate_required in TLS 1.3, handshake_failure in TLS 1.2.</summary>
    Require,
}
