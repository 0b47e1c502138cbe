using Latchkey.KeyServer.Keys;

namespace Latchkey.KeyServer;

/// <summary>The options in force. A reload replaces them all at once; whoever needs one asks for it each time.</summary>
internal sealed class CurrentOptions(KeyServerOptions options)
{
    private volatile InForce _current = new(options);

    /// <summary>All of them.</summary>
    public KeyServerOptions Value => _current.Options;

    /// <summary>Size and time limits.</summary>
    public KeyServerLimits Limits => _current.Options.Limits;

    /// <summary>Host names by address.</summary>
    public AddressNames Addresses => _current.Addresses;

    /// <summary>Takes others into force.</summary>
    public void Replace(KeyServerOptions options) => _current = new InForce(options);

    private sealed class InForce(KeyServerOptions options)
    {
        public KeyServerOptions Options { get; } = options;

        public AddressNames Addresses { get; } = new(options.Addresses);
    }
}
