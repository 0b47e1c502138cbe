using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;
using Latchkey.Tls.Tests.Messages;
using Latchkey.Tls.Tests.Sessions;
using Latchkey.Tls.Tls12;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>A client with one session, at a site whose stores the test can look into.</summary>
internal sealed class ResumingClient : IDisposable
{
    private readonly TlsSite? _site;
    private byte[] _master = [];

    public HandleStore Tickets { get; } = new();

    public HandleCache Identifiers { get; } = new();

    public TlsSite Site
    {
        get => _site ?? SiteOf(new ResumptionOptions { Tickets = Tickets, SessionIdentifiers = Identifiers });
        init => _site = value;
    }

    /// <summary>Of the last NewSessionTicket.</summary>
    public byte[] Ticket { get; private set; } = [];

    /// <summary>Seconds that the last NewSessionTicket hinted at.</summary>
    public uint LifetimeHint { get; private set; }

    /// <summary>Of the last ServerHello.</summary>
    public byte[] SessionId { get; private set; } = [];

    /// <summary>The last connection's channel.</summary>
    public ScriptedChannel Channel { get; private set; } = new();

    public TlsSite SiteOf(ResumptionOptions options, string name = "example.test", params string[] protocols) => new()
    {
        Name = name,
        Certificates = [Tls12Site.Load(Tls12Site.Ecdsa)],
        ApplicationProtocols = protocols,
        Resumption = options,
    };

    /// <summary>A hello of a client that takes tickets.</summary>
    public static HelloBuilder TakesTickets(byte[]? sessionId = null) => HelloFor(sessionId).With(ExtensionType.SessionTicket, []);

    /// <summary>A hello of a client that does not.</summary>
    public static HelloBuilder TakesNone(byte[]? sessionId = null) => HelloFor(sessionId);

    /// <summary>A hello with the ticket it has.</summary>
    public HelloBuilder BringsTicket(byte[]? sessionId = null) => HelloFor(sessionId).With(ExtensionType.SessionTicket, Ticket);

    /// <summary>A hello with the identifier it has.</summary>
    public HelloBuilder BringsIdentifier() => HelloFor(SessionId);

    /// <summary>A full handshake, whose master secret and handle it keeps.</summary>
    public async Task<TlsHandshakeInfo> FullAsync(HelloBuilder hello, bool extendedMasterSecret = true)
    {
        using var client = new ScriptedClient(Site, hello);
        Channel = client.Channel;
        var server = client.StartAsync();
        client.SayEcdhe(extendedMasterSecret);
        client.SayFinished(client.VerifyDataOfClient());
        var info = await server;
        _master = client.Master;
        TakeHandles();
        return info;
    }

    /// <summary>An abbreviated handshake; the server's Finished is checked, the client's sent.</summary>
    /// <param name="spoil">Whether the client's Finished is wrong.</param>
    public async Task<TlsHandshakeInfo> ResumeAsync(HelloBuilder hello, bool spoil = false)
    {
        using var client = new ScriptedClient(Site, hello);
        Channel = client.Channel;
        var server = client.StartAsync();
        if (server.IsCompleted)
            await server;
        using var master = SecretBytes.CopyOf(_master);
        using var transcript = new Transcript(CryptoProvider.Default, client.Suite.Digest());
        transcript.Append(hello.Build());
        foreach (var message in Channel.Written.TakeWhile(message => message.Type != HandshakeType.Finished))
            transcript.Append(message);
        Assert.Equal(VerifyData.OfServer(CryptoProvider.Default, client.Suite.Digest(), master, transcript.CurrentHash()), Channel.Body(HandshakeType.Finished).ToArray());
        transcript.Append(Channel.Written.Single(message => message.Type == HandshakeType.Finished));
        var verifyData = VerifyData.OfClient(CryptoProvider.Default, client.Suite.Digest(), master, transcript.CurrentHash());
        if (spoil)
            verifyData[0] ^= 1;
        client.SayFinished(verifyData);
        var info = await server;
        TakeHandles();
        return info;
    }

    /// <summary>The server goes on with a full handshake.</summary>
    public async Task<ResumptionResult?> FallsBackAsync(HelloBuilder hello)
    {
        var info = await FullAsync(hello);
        Assert.Null(info.Resumed);
        Assert.Contains("Certificate", Channel.Calls);
        return info.Resumption?.Result;
    }

    public void Dispose() => _master.AsSpan().Clear();

    private static HelloBuilder HelloFor(byte[]? sessionId)
    {
        var usual = HelloBuilder.Tls12();
        return new HelloBuilder { SessionId = sessionId ?? [], Suites = usual.Suites, Extensions = usual.Extensions }.With(ExtensionType.ExtendedMasterSecret, []);
    }

    private void TakeHandles()
    {
        var hello = Channel.Body(HandshakeType.ServerHello).Span;
        SessionId = hello.Slice(35, hello[34]).ToArray();
        if (Channel.Written.SingleOrDefault(message => message.Type == HandshakeType.NewSessionTicket) is { Encoded.Length: > 0 } message)
        {
            var body = message.Body.Span;
            LifetimeHint = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(body);
            Ticket = body[6..].ToArray();
            Assert.Equal(Ticket.Length, (body[4] << 8) | body[5]);
        }
    }
}
