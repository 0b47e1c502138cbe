using Latchkey.Client.Balancing;
using Latchkey.Client.Tickets;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>How one key server is, seen from here.</summary>
/// <param name="EndPoint"><c>host:port</c>.</param>
/// <param name="IsConnected">Whether the connection stands.</param>
/// <param name="Outstanding">Requests sent whose replies have not arrived.</param>
/// <param name="Capabilities">What it can do; null where not connected, and for a foreign key server.</param>
/// <param name="LastFailure">Why the last attempt to connect failed; null where it did not.</param>
public sealed record KeyServerEndPointStatus(string EndPoint, bool IsConnected, int Outstanding, PeerCapabilities? Capabilities, string? LastFailure)
{
    /// <summary>Whether it is the key server that connects (L5).</summary>
    public bool DialsIn { get; init; }

    /// <summary>Whether the connection is made when it is needed (L6), and is not needed now.</summary>
    public bool IsDormant { get; init; }

    /// <summary>Whether it gets operations.</summary>
    public HealthState Health { get; init; }

    /// <summary>Why it was ejected; null where it is healthy.</summary>
    public string? EjectionReason { get; init; }

    /// <summary>How often it was ejected.</summary>
    public long Ejections { get; init; }

    /// <summary>Operations that it did not answer in time.</summary>
    public long LateAnswers { get; init; }

    /// <summary>Answers that were wrong and were not used.</summary>
    public long WrongAnswers { get; init; }

    /// <summary>Moving average of its answers, milliseconds; 0: none yet.</summary>
    public double AnswerMilliseconds { get; init; }

    /// <summary>The shortest round trip of the last minutes, milliseconds; 0: not measured.</summary>
    public double RoundTripMilliseconds { get; init; }

    /// <summary>What it reported of itself last.</summary>
    public KeyServerLoad Load { get; init; }

    /// <summary>Whether it says when its ticket keys change (T1); null: no site wants them.</summary>
    public bool? FollowsTicketKeys { get; init; }

    /// <summary>Its clock less this machine's, seconds; null: not measured, as where no site wants ticket keys.</summary>
    public double? ClockSkewSeconds { get; init; }

    internal static KeyServerEndPointStatus Of(KeyServerLink link, TicketKeySource? ticketKeys)
    {
        var (connection, standing) = (link.Connection, link.Standing);
        return new KeyServerEndPointStatus(link.EndPoint.ToString(), connection is not null, connection?.Outstanding ?? 0, connection?.Capabilities, link.Failure?.Message)
        {
            DialsIn = link.EndPoint.Port == KeyServerEndPoint.DialsIn,
            IsDormant = link.IsDormant,
            Health = standing.Health.State,
            EjectionReason = standing.Health.Reason,
            Ejections = standing.Health.Ejections,
            LateAnswers = standing.LateAnswers,
            WrongAnswers = standing.WrongAnswers,
            AnswerMilliseconds = Math.Round(standing.Latency.Average / 1000, 3),
            RoundTripMilliseconds = Math.Round(standing.Latency.Floor / 1000, 3),
            Load = standing.Load,
            FollowsTicketKeys = ticketKeys?.IsFollowed,
            ClockSkewSeconds = ticketKeys?.Skew?.TotalSeconds,
        };
    }
}

