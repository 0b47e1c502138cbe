namespace Latchkey.TicketExport;

/// <summary>A server that is to be told of new keys.</summary>
internal abstract class ToldServer
{
    /// <summary>For logs.</summary>
    public abstract string Name { get; }

    /// <summary>Tells it; the keys lie where they belong by now.</summary>
    /// <exception cref="IOException">It could not be told, or refused.</exception>
    public abstract Task TellAsync(TicketKeySet set, CancellationToken cancellationToken);
}
