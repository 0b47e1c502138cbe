namespace Latchkey.Tls;

/// <summary>Bounds on what a peer may make us hold or do before it is authenticated; beyond them the connection ends.</summary>
public sealed class TlsLimits
{
    /// <summary>Largest ClientHello in bytes, handshake header included. Default 64 KiB (post-quantum shares included).</summary>
    public int MaxClientHelloSize { get; init; } = 64 * 1024;

    /// <summary>Largest other handshake message in bytes. Default 128 KiB.</summary>
    public int MaxHandshakeMessageSize { get; init; } = 128 * 1024;

    /// <summary>From the first byte to Finished, key server included. Default 10 s, as Kestrel's.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Unfinished handshakes at once under one <see cref="TlsServerOptions"/> object; further connections are refused without alert. Default 4,096.</summary>
    public int MaxConcurrentHandshakes { get; init; } = 4096;

    /// <summary>Warning alerts in a row before the connection ends with unexpected_message. Default 4.</summary>
    public int MaxWarningAlerts { get; init; } = 4;

    /// <summary>Empty records in a row before the connection ends with unexpected_message. Default 32.</summary>
    public int MaxEmptyRecords { get; init; } = 32;

    /// <summary>KeyUpdate messages in a row, without application data between, before the connection ends. Default 32.</summary>
    public int MaxKeyUpdates { get; init; } = 32;

    /// <summary>How long closing waits for a peer that does not read what is still to be sent. Default 2 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
