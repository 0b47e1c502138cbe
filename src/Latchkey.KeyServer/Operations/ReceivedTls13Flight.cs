using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// A TLS 1.3 server flight as an edge describes it, read from its own messages: what exists has the structure of a handshake (X4), presents this key's
/// certificate (attack 12), and is the handshake of the name that policy has been asked about (attack 21).
/// </summary>
internal sealed class ReceivedTls13Flight : IDisposable
{
    private const int RandomOffset = HandshakeMessage.HeaderSize + 2;
    private const int RandomSize = 32;

    private ReceivedTls13Flight(HandshakeFacts facts, Tls13Question question)
    {
        Facts = facts;
        Question = question;
    }

    /// <summary>Hello, certificate, suite.</summary>
    public HandshakeFacts Facts { get; }

    /// <summary>What the ladder of this process is asked. Its session is also what a ticket that the client brings must say.</summary>
    public Tls13Question Question { get; }

    /// <summary>Reads a flight that a certificate authenticates. null: <see cref="KeylessError.Malformed"/>.</summary>
    public static ReceivedTls13Flight? TryRead(scoped in AnswerTls13Request request, scoped in KeylessItems items, KeyLease lease, OperationServices services)
    {
        try
        {
            if (TryReadHello(request.Question, items, services) is not { } hello
                || !TrySplit(request.Question.Parameters, out var parameters)
                || parameters is not ([{ Type: HandshakeType.EncryptedExtensions }, { Type: HandshakeType.Certificate }]
                    or [{ Type: HandshakeType.EncryptedExtensions }, { Type: HandshakeType.CertificateRequest }, { Type: HandshakeType.Certificate }])
                || hello.ClientHello.SignatureAlgorithms?.Contains((SignatureScheme)request.Scheme) != true)
            {
                return null;
            }
            var chain = CertificateMessage.Parse13(parameters[^1]);
            return chain.Count > 0 && IsCertificateOf(lease.Key, chain[0], items)
                ? Build(request.Question, hello, identity: null, parameters, (SignatureScheme)request.Scheme, chain, SHA256.HashData(chain[0].Span), lease, services)
                : null;
        }
        catch (TlsException)
        {
            return null;
        }
    }

    /// <summary>Reads a flight that a pre-shared key authenticates. null: <see cref="KeylessError.Malformed"/>.</summary>
    public static ReceivedTls13Flight? TryRead(scoped in ResumeTls13Request request, scoped in KeylessItems items, KeyLease lease, OperationServices services)
    {
        try
        {
            return TryReadHello(request.Question, items, services) is { } hello
                && hello.ClientHello.PreSharedKey is { } offered && request.Identity < offered.Identities.Count && NewSessionTickets.AreOfUseTo(hello.ClientHello)
                && TrySplit(request.Question.Parameters, out var parameters) && parameters is [{ Type: HandshakeType.EncryptedExtensions }]
                ? Build(request.Question, hello, request.Identity, parameters, scheme: null, [], items.CertificateFingerprint.ToArray(), lease, services)
                : null;
        }
        catch (TlsException)
        {
            return null;
        }
    }

    /// <summary>Zeroes and frees what is held.</summary>
    public void Dispose() => Question.Transcript.Dispose();

    private static ReceivedTls13Flight? Build(
        scoped in Tls13QuestionFields fields, Hello hello, int? identity, IReadOnlyList<HandshakeMessage> parameters, SignatureScheme? scheme,
        IReadOnlyList<ReadOnlyMemory<byte>> chain, byte[] certificateFingerprint, KeyLease lease, OperationServices services)
    {
        var suite = (CipherSuite)fields.CipherSuite;
        var group = (NamedGroup)fields.Group;
        if (!IsServerHello(fields.ServerHelloPrefix, hello.ClientHello, suite, group, identity) || !TryReadSession(fields, hello, certificateFingerprint, services, out var session))
            return null;
        var facts = new HandshakeFacts
        {
            Crypto = services.Crypto,
            TimeProvider = services.Time,
            ClientHello = hello.ClientHello,
            Certificate = new TlsCertificate { Chain = chain, PublicKey = lease.Key.Public, Custody = new SignatureCustody("local", new StoredHandshakeKey(lease.Key, services.Verify)) },
            ServerName = hello.ClientHello.ServerName,
            EndPoints = TlsEndPoints.None,
            CipherSuite = suite,
            Sentinel = DowngradeSentinel.None,
        };
        var question = new Tls13Question
        {
            Group = group,
            ClientShare = hello.ClientShare,
            Transcript = HandshakeTranscript.Of(services.Crypto, suite.Digest(), hello.Messages),
            ServerHelloPrefix = fields.ServerHelloPrefix.ToArray(),
            Parameters = parameters,
            Scheme = scheme,
            AsksForClientCertificate = parameters.Count == 3,
            Session = session is null ? null : new SessionOffer(session, default, fields.Tickets),
        };
        return new ReceivedTls13Flight(facts, question);
    }

    /// <summary>Site, protocol, lifetime and early data are the edge's to say; everything else shows.</summary>
    private static bool TryReadSession(scoped in Tls13QuestionFields fields, Hello hello, byte[] certificateFingerprint, OperationServices services, out SessionFacts? session)
    {
        session = null;
        if (fields.Session.IsEmpty)
            return true;
        if (SessionDescription.TryDecode(fields.Session) is not { Version: TlsVersion.Tls13 } described)
            return false;
        // Whole milliseconds, as sessions are kept.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(services.Time.GetUtcNow().ToUnixTimeMilliseconds());
        session = described with
        {
            CipherSuite = (CipherSuite)fields.CipherSuite,
            ServerName = hello.ClientHello.ServerName,
            CertificateFingerprint = certificateFingerprint,
            Established = now,
            Issued = now,
            ClientCertificates = [],
        };
        return true;
    }

    /// <summary>The hello that counts: the only one, or the one that answers a HelloRetryRequest; with what a TLS 1.3 handshake needs of it.</summary>
    private static Hello? TryReadHello(scoped in Tls13QuestionFields fields, scoped in KeylessItems items, OperationServices services)
    {
        var suite = CipherSuiteFacts.Find((CipherSuite)fields.CipherSuite);
        var group = (NamedGroup)fields.Group;
        if (suite?.Version != TlsVersion.Tls13 || !TrySplit(fields.Transcript, out var messages) || messages.Count is not (1 or 3))
            return null;
        var hello = ClientHello.Parse(messages[^1]);
        if (messages.Count == 3 && !IsRetry(messages[0], messages[1], hello, suite, group))
            return null;
        if (hello.SupportedVersions?.Contains(TlsVersion.Tls13) != true || !hello.CipherSuites.Contains(suite.Suite)
            || !GroupPreference.IsServed13(group, services.Crypto) || hello.SupportedGroups?.Contains(group) != true
            || GroupPreference.FindShare(hello, group) is not { } share)
        {
            return null;
        }
        // The name that policy was asked about is that of the hello in the transcript, or neither has one.
        return items.ServerName.SequenceEqual(Encoding.ASCII.GetBytes(hello.ServerName ?? "")) ? new Hello(hello, share, messages) : null;
    }

    private static bool IsRetry(HandshakeMessage hash, HandshakeMessage retry, ClientHello hello, CipherSuiteFacts suite, NamedGroup group) =>
        hash.Type == HandshakeType.MessageHash && hash.Body.Length == suite.Digest.SizeInBytes()
        && retry.Encoded.Span.SequenceEqual(HelloRetryRequest.Encode(hello.SessionId.Span, suite.Suite, group).Encoded.Span);

    /// <summary>The prefix is, byte for byte, what the engine makes of its random.</summary>
    private static bool IsServerHello(ReadOnlySpan<byte> prefix, ClientHello hello, CipherSuite suite, NamedGroup group, int? identity)
    {
        if (prefix.Length < RandomOffset + RandomSize)
            return false;
        var random = prefix.Slice(RandomOffset, RandomSize);
        return !random.SequenceEqual(HelloRetryRequest.Random)
            && prefix.SequenceEqual(ServerHello13.EncodePrefix(random, hello.SessionId.Span, suite, group, identity).Span);
    }

    private static bool IsCertificateOf(StoredKey key, ReadOnlyMemory<byte> certificate, scoped in KeylessItems items)
    {
        try
        {
            return KeyIds.SubjectPublicKey(CertificateFields.SubjectPublicKeyInfo(certificate)).Span.SequenceEqual(KeyIds.SubjectPublicKey(key.Private.SubjectPublicKeyInfo).Span)
                && (items.CertificateFingerprint.IsEmpty || items.CertificateFingerprint.SequenceEqual(SHA256.HashData(certificate.Span)));
        }
        catch (System.Formats.Asn1.AsnContentException)
        {
            return false;
        }
    }

    private static bool TrySplit(ReadOnlySpan<byte> bytes, out List<HandshakeMessage> messages) => HandshakeTranscript.TrySplit(bytes, out messages);

    private sealed record Hello(ClientHello ClientHello, ReadOnlyMemory<byte> ClientShare, IReadOnlyList<HandshakeMessage> Messages);
}
