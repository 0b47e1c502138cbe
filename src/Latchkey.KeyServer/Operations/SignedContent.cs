using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What is to be signed, with the parts it was built from: a key in this machine signs the <see cref="Message"/>; one that another key server holds (S3), or that
/// several hold together (X5), is asked for the parts, so that whoever signs builds the content itself (X4). Spans are lent.
/// </summary>
internal readonly ref struct SignedContent
{
    private SignedContent(ReadOnlySpan<byte> message) => Message = message;

    /// <summary>The whole content.</summary>
    public ReadOnlySpan<byte> Message { get; }

    /// <summary>TLS 1.2: 32 bytes; empty otherwise.</summary>
    public ReadOnlySpan<byte> ClientRandom { get; private init; }

    /// <summary>TLS 1.2: the nonce that the server random comes from, 32 bytes; empty otherwise.</summary>
    public ReadOnlySpan<byte> ServerNonce { get; private init; }

    /// <summary>TLS 1.2: what the last bytes of the server random say.</summary>
    public DowngradeSentinel Sentinel { get; private init; }

    /// <summary>TLS 1.2: ServerECDHParams or ServerDHParams; empty otherwise.</summary>
    public ReadOnlySpan<byte> Parameters { get; private init; }

    /// <summary>TLS 1.3: through Certificate, size of the suite's digest; empty otherwise.</summary>
    public ReadOnlySpan<byte> TranscriptHash { get; private init; }

    /// <summary>For the audit log: the transcript hash where there is one, else SHA-256 of the message.</summary>
    public byte[] Digest => TranscriptHash.IsEmpty ? SHA256.HashData(Message) : TranscriptHash.ToArray();

    /// <summary>SNI, for whoever is asked elsewhere; empty where there is none.</summary>
    public ReadOnlySpan<byte> ServerName { get; init; }

    /// <summary>A TLS 1.2 ServerKeyExchange (RFC 5246 §7.4.3); the server random is derived here (attacks 1, 6).</summary>
    public static SignedContent OfServerKeyExchange(ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverNonce, DowngradeSentinel sentinel, ReadOnlySpan<byte> parameters) =>
        new(ServerKeyExchangeContent.Build(clientRandom, FreshServerRandom.Derive(serverNonce, sentinel).Value.Span, parameters))
        {
            ClientRandom = clientRandom,
            ServerNonce = serverNonce,
            Sentinel = sentinel,
            Parameters = parameters,
        };

    /// <summary>A TLS 1.3 CertificateVerify (RFC 8446 §4.4.3).</summary>
    public static SignedContent OfCertificateVerify(ReadOnlySpan<byte> transcriptHash) =>
        new(CertificateVerifyContent.ForServer(transcriptHash)) { TranscriptHash = transcriptHash };

    /// <summary>A delegated credential (RFC 9345 §4).</summary>
    public static SignedContent OfDelegatedCredential(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> credential, SignatureScheme algorithm) =>
        new(DelegatedCredentialContent.Build(certificate, credential, algorithm));

    /// <summary>The raw Ed25519 operation's bytes, whatever they mean.</summary>
    public static SignedContent OfRaw(ReadOnlySpan<byte> message) => new(message);
}
