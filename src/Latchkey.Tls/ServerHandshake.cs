using Latchkey.Tls.Alerts;
using Latchkey.Tls.Driver;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls;

/// <summary>What both versions' handshakes have in common: the ClientHello, the site it asks for, the version.</summary>
internal static class ServerHandshake
{
    /// <summary>Conducts a handshake; the application keys are set on the channel when it returns.</summary>
    public static async ValueTask<TlsHandshakeInfo> RunAsync(PipeHandshakeChannel channel, TlsServerOptions options, TlsEndPoints endPoints, CancellationToken cancellationToken)
    {
        var message = await channel.ReadMessageAsync(cancellationToken);
        var started = options.TimeProvider.GetTimestamp();
        var hello = ClientHello.Parse(message);
        // What a client adds before it has seen the answer cannot be one to it. Only this message's end shows it: in TLS 1.2 the
        // next change of keys is two messages away, and what came too early would pass for what is waited for there.
        channel.RequireBoundary("the server's answer");
        var site = await options.Sites.SelectAsync(hello, endPoints, cancellationToken)
            ?? throw new PeerIncompatibleException(AlertDescription.UnrecognizedName, $"No site for the name '{hello.ServerName}'.");
        var observer = site.Observer?.Invoke();
        observer?.Received(message.Type, message.Encoded.Length);
        channel.Observer = observer;
        channel.Site = site;
        var start = new HandshakeStart
        {
            Options = options,
            EndPoints = endPoints,
            Site = site,
            HelloMessage = message,
            Hello = hello,
            Observer = observer,
        };
        var info = site.Relay is { } relay
            ? await Relay.ServerHandshake.RunAsync(channel, start, relay, cancellationToken)
            : await ConductAsync(channel, start, cancellationToken);
        observer?.Completed(info, options.TimeProvider.GetElapsedTime(started));
        return info;
    }

    /// <summary>From the ClientHello on; the same for a client of this machine and for one whose handshake is relayed here (K6, K7).</summary>
    public static ValueTask<TlsHandshakeInfo> ConductAsync(HandshakeChannel channel, HandshakeStart start, CancellationToken cancellationToken)
    {
        var version = VersionNegotiation.Choose(start.Hello, start.Site);
        channel.SetVersion(version);
        return version == TlsVersion.Tls13
            ? Tls13.ServerHandshake.RunAsync(channel, start, cancellationToken)
            : Tls12.ServerHandshake.RunAsync(channel, start, cancellationToken);
    }
}
